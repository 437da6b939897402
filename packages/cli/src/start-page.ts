/** What `secure-chat` alone prints: where to start, not everything there is. */
export const startPage = `secure-chat: end-to-end encrypted chat from a terminal or a script

Start here:
  $ secure-chat register alice          make a key and an account, and sign in
  $ secure-chat users --online          who is there
  $ secure-chat chat bob                talk
  $ secure-chat send bob "See you at 8" say one thing
  $ secure-chat messages bob            what was said

All commands: secure-chat help. One of them: secure-chat help send.
Exit codes, environment, scripts: secure-chat help exit-codes | environment | scripting
`
