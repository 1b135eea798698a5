/**
 * The socket is open to its owner alone, and no password is asked for. Without one, postgres.js (3.4.9) would take PGPASSWORD, which is
 * for another server: who can replace the directory could ask for it.
 */
export const noPassword = (): string => ''
