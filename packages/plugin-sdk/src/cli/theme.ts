/**
 * How text is set apart where it is shown. Without colour (a pipe, `--plain`, NO_COLOR) every function leaves its text
 * as it is, so nothing may depend on colour alone.
 */
export interface Theme {
  readonly colour: boolean
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number
  bold(t: string): string
  dim(t: string): string
  italic(t: string): string
  code(t: string): string
  /** The address stays readable beside the text, so that no text can hide where it leads. */
  link(t: string, url: string): string
}
