export const helpText = `secure-chat-server: the server of secure-chat

Examples
  secure-chat-server start
  secure-chat-server users list
  secure-chat-server backup /var/backups/secure-chat
  secure-chat-server migrate --from ./data --to new.json

Commands
  start                 run the server (what npm start does)
  config                show the settings in force, secrets masked
  users list            list the accounts: name, state, since when
  users suspend NAME    end the sessions of NAME and refuse new ones
  users resume NAME     take that back
  users remove NAME     remove account, sessions and mailbox for good
  backup DIR            copy the embedded data into DIR while the server runs;
                        to restore, start with DATA_DIR=DIR
  migrate --from PLACE --to PLACE
                        copy a stopped server to other engines, then compare
                        counts and hashes; interrupted, run it again.
                        --verify compares only, --mailboxes lists each mailbox.
                        PLACE is a data folder, a configuration file, env (the
                        settings in force), or DATABASE_URL,QUEUE_URL
  help                  show this

Settings come from the environment and from secure-chat.config.{ts,js,json};
secure-chat-server config shows them all.
`
