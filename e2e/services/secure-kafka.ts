/** A broker that insists on TLS and sign-in. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka } from './kafka.ts'
import { freePorts, type Service } from './service-process.ts'

export type SecureKafka = Service & {
  readonly username: string
  readonly password: string
  /** On localhost: SCRAM with either hash; PLAIN, which wants a certificate of the client too; OAUTHBEARER, unsecured tokens. */
  readonly ports: { readonly scram: number; readonly plain: number; readonly token: number }
  /** PEM files: `ca`, `broker` and `client`, which it has signed, and `other-ca`, which has signed nobody. */
  pathOf(name: `${'ca' | 'other-ca' | 'client'}.pem` | 'client.key'): string
}

/** Its certificates lie in the folder beside it, good for two days. */
export async function startSecureKafka(folder: string): Promise<SecureKafka> {
  const [username, password] = ['chat', 'correct-horse-battery'] as const
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  makeCertificates(folder)
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')
  const [scram = 0, plain = 0, token = 0] = await freePorts(3)
  const listeners = `PLAINTEXT://127.0.0.1:{port},SCRAM://127.0.0.1:${scram},PLAIN://127.0.0.1:${plain},TOKEN://127.0.0.1:${token}`
  const scramJaas = jaas('scram.ScramLoginModule')
  const broker = await startKafka({
    folder: join(folder, 'broker'),
    formatArguments: ['256', '512'].flatMap((bits) => [
      '--add-scram',
      `SCRAM-SHA-${bits}=[name=${username},password=${password}]`,
    ]),
    properties: {
      listeners: `${listeners},CONTROLLER://127.0.0.1:{controllerPort}`,
      'advertised.listeners': listeners,
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,PLAIN:SASL_SSL,TOKEN:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': oneLine(file('broker.pem')),
      'ssl.keystore.key': oneLine(file('broker.key')),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(file('ca.pem')),
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.scram.scram-sha-256.sasl.jaas.config': scramJaas,
      'listener.name.scram.scram-sha-512.sasl.jaas.config': scramJaas,
      'listener.name.plain.ssl.client.auth': 'required',
      'listener.name.plain.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.plain.plain.sasl.jaas.config': jaas(
        'plain.PlainLoginModule',
        ` user_${username}="${password}"`,
      ),
      'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
      'listener.name.token.oauthbearer.sasl.jaas.config': jaas(
        'oauthbearer.OAuthBearerLoginModule',
        ' unsecuredLoginStringClaim_sub="broker"',
      ),
    },
  })
  return {
    ...broker,
    username,
    password,
    ports: { scram, plain, token },
    pathOf: (name) => join(folder, name),
  }
}

function jaas(module: string, rest = ''): string {
  return `org.apache.kafka.common.security.${module} required${rest};`
}

/** A key store of Kafka takes PEM inline, its lines escaped as in any properties file. */
function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n')
}

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const authority = (name: string) =>
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    )
  authority('ca')
  authority('other-ca')
  for (const name of ['broker', 'client']) {
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-CA', 'ca.pem'],
      ...['-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    )
  }
}
