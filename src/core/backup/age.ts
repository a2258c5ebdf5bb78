/** Encryption with age (age-encryption.org/v1), so that the `age` program opens our files and we open its. */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { BackupError, messageOf } from '#core/backup/fault'

export type Encryption = {
  recipients: string[]
  encrypt(plain: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>
  /** Opens what this has encrypted, to check it after writing; never stored. */
  checkIdentity: string
}

/**
 * Encrypts for some recipients, and for a key of this run alone: without it nobody here could read back what was
 * written. That key is in memory only and gone with the process. Throws BackupError for what is no recipient.
 */
export const encryptionFor = async (recipients: readonly string[]): Promise<Encryption | undefined> => {
  if (recipients.length === 0) return undefined
  const checkIdentity = await generateX25519Identity()
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw new BackupError(`"${recipient}" is no age recipient: they begin with age1 (age-keygen prints one).`)
    }
  }
  encrypter.addRecipient(await identityToRecipient(checkIdentity))
  return { recipients: [...recipients], encrypt: (plain) => encrypter.encrypt(plain), checkIdentity }
}

/** The secret keys in the text of an identity file; its comments are passed over. Throws BackupError when there is none. */
export const identitiesIn = (text: string, where: string): string[] => {
  const lines = text.split(/\s*\n\s*/).map((line) => line.trim())
  const identities = lines.filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identities.length === 0)
    throw new BackupError(`${where} has no line that begins with AGE-SECRET-KEY-: it is no age identity.`)
  return identities
}

/** Throws BackupError when none of the identities opens it. Damage further on fails the stream. */
export const decrypt = async (
  encrypted: ReadableStream<Uint8Array>,
  identities: readonly string[],
): Promise<ReadableStream<Uint8Array>> => {
  const decrypter = new Decrypter()
  try {
    for (const identity of identities) decrypter.addIdentity(identity)
  } catch {
    throw new BackupError('The age identity is not a whole one: was it cut off when it was copied?')
  }
  try {
    return await decrypter.decrypt(encrypted)
  } catch (error) {
    const isOthers = /no identity matched/i.test(messageOf(error))
    throw new BackupError(
      isOthers
        ? 'The backup is encrypted for other recipients than this identity: use the identity file that belongs to one of them.'
        : `The backup cannot be decrypted: ${messageOf(error)}.`,
    )
  }
}
