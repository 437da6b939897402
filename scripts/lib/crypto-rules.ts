/** An algorithm, or a way to use one, that has no place near keys. */
type Rule = { readonly name: string; readonly pattern: RegExp }

export type CryptoFind = { readonly rule: string; readonly line: number; readonly text: string }

const rules: readonly Rule[] = [
  { name: 'md5', pattern: /\bmd[245]\b/i },
  { name: 'sha1', pattern: /\bsha-?1\b(?!\d)/i },
  { name: 'des', pattern: /\b(?:3des|des3|des-?(?:ede3?|cbc|ecb)?|triple-?des)\b/i },
  { name: 'rc2, rc4, blowfish', pattern: /['"`](?:a?rc[24]|blowfish|bf|cast5|idea)(?:-|['"`])/i },
  { name: 'ecb', pattern: /(?:\b|-)ecb\b/i },
  { name: 'cbc', pattern: /(?:\b|-)cbc\b|cbc['"]/i },
  {
    name: 'PKCS#1 v1.5 encryption or signature',
    pattern: /RSA_PKCS1_PADDING|RSAES-PKCS1|RSA1_5|\bRS(?:256|384|512)\b/,
  },
  { name: 'encryption without integrity', pattern: /RSA_NO_PADDING|aes-\d{3}-(?:ctr|cfb|ofb)/i },
  { name: 'Math.random', pattern: /Math\.random/ },
  // node's GCM takes a tag of 4 bytes unless its length is fixed.
  {
    name: 'GCM without authTagLength',
    pattern: /create(?:C|Dec)ipheriv\((?=[\s\S]{0,60}gcm)(?![\s\S]{0,240}authTagLength)/i,
  },
  { name: 'alg none', pattern: /UnsecuredJWT|alg['"]?\s*:\s*['"]none/ },
]

/** The first find of each rule in a source text, comments left out. */
export function findWeakCrypto(source: string): CryptoFind[] {
  const code = withoutComments(source)
  return rules.flatMap(({ name, pattern }) => {
    const find = pattern.exec(code)
    return find ? [{ rule: name, line: lineOf(code, find.index), text: find[0] }] : []
  })
}

/** Lines keep their numbers; a comment may name what the code must not do. */
function withoutComments(source: string): string {
  return source
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
