/** The yardstick: Express 5 that parses the same JSON and answers, and does nothing else. */
import express from 'express'

const app = express()
app.use(express.json({ limit: '256kb' }))
app.post('/chat/:username', (_request, response) => {
  response.json({ status: 'OK' })
})
app.listen(Number(process.argv[2]), '127.0.0.1')
