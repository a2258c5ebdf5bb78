/** Why a backup, a restore or a verification did not happen, in words for the person at the terminal. */
export class BackupError extends Error {}

/** What a caught thing says, without a stack. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
