/** Who calls a `signedIn` route: `request.user`, from the session proof, never from the request. */
export interface SignedInUser {
  readonly name: string
}

declare global {
  namespace Express {
    interface User extends SignedInUser {}
    interface Request {
      // As passport's types say it, where both are there.
      user?: User | undefined
    }
  }
}
