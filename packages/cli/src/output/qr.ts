/** A QR code of half-height blocks, dark modules on light whatever the terminal's own colours. */
export async function qrCode(text: string): Promise<string> {
  const { default: qrcode } = await import('qrcode')
  return qrcode.toString(text, { type: 'utf8', errorCorrectionLevel: 'L' })
}
