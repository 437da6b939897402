export const help = `Writes a new plugin for secure-chat: a package that builds, with tests.

  npm create secure-chat-plugin [NAME] -- [flags]

  NAME            what the plugin is called; its package is secure-chat-plugin-NAME
  --server        extends the server
  --cli           extends the command line
  --both          both, in one package
  --dir FOLDER    where to; ./secure-chat-plugin-NAME unless set. Must be empty or not there
  -y, --yes       ask nothing: both halves unless said otherwise
  -h, --help
  -v, --version

What is not said is asked for at a terminal. The two dashes before the flags are npm's.

  npm create secure-chat-plugin quiet-hours -- --server

Exit codes: 0 written, 1 could not be written, 2 the command line is wrong, 130 interrupted.
How to go on from there: docs/plugins/tutorial.md of secure-chat.
`
