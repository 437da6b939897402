export const helpText = `secure-chat-server: the server of secure-chat

Examples
  secure-chat-server start
  secure-chat-server users list
  secure-chat-server backup /var/backups/secure-chat

Commands
  start                 run the server (what npm start does)
  config                show the settings in force, secrets masked
  users list            list the accounts: name, state, since when
  users suspend NAME    end the sessions of NAME and refuse new ones
  users resume NAME     take that back
  users remove NAME     remove account, sessions and mailbox for good
  backup DIR            copy the embedded data into DIR while the server runs;
                        to restore, start with DATA_DIR=DIR
  help                  show this

Settings come from the environment and from secure-chat.config.{ts,js,json};
secure-chat-server config shows them all.
`
