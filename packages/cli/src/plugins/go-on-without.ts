/** Advice for whoever a plugin keeps from talking. It is none for `plugins install`, where there is nothing to go on with. */
export const goOnWithout = '--no-plugins goes on without plugins.'
