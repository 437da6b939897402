/** What every handler gets beside its subject. Every handler may answer at once or by a promise. */
export interface Call {
  /**
   * Aborts when the call's budget is over (`timeoutMs` of the operator, 250 ms unless set): the server has stopped
   * waiting and acts as the kind's failure rule says. Hand it to `fetch` and the like, so that nothing goes on for nobody.
   */
  readonly signal: AbortSignal
  /** Of the request that led here, as the server's log and its error answers show it; one of its own where no request did. */
  readonly requestId: string
}
