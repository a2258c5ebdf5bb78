import { z } from 'zod'
import { Id } from '#core/ids'
import { Email, Instant, PhoneNumber, Text } from '#core/schema'
import { ROLES } from '#core/tokens'

export const PASSWORD_LENGTH_MIN = 8
export const PASSWORD_LENGTH_MAX = 128

const Password = z.string().min(PASSWORD_LENGTH_MIN).max(PASSWORD_LENGTH_MAX)

export const Registration = z
  .strictObject({
    email: Email,
    password: Password,
    firstName: Text(80),
    lastName: Text(80),
    phoneNumber: PhoneNumber.optional(),
    role: z.enum(['customer', 'chef', 'driver']),
  })
  .meta({
    examples: [
      { email: 'mai@example.com', password: 'Password123!', firstName: 'Mai', lastName: 'Lindqvist', role: 'chef' },
    ],
  })
export type Registration = z.output<typeof Registration>

export const Credentials = z
  .strictObject({ email: Email, password: z.string().min(1).max(PASSWORD_LENGTH_MAX) })
  .meta({ examples: [{ email: 'customer1@test.com', password: 'Password123!' }] })
export type Credentials = z.output<typeof Credentials>

const Secret = z.string().min(1).max(256)

export const RefreshRequest = z.strictObject({ refreshToken: Secret }).meta({ examples: [{ refreshToken: 'kD3v...' }] })
export const EmailTokenRequest = z.strictObject({ token: Secret }).meta({ examples: [{ token: 'q8Zt...' }] })
export const ForgotPassword = z.strictObject({ email: Email }).meta({ examples: [{ email: 'mai@example.com' }] })
export const ResetPassword = z
  .strictObject({ token: Secret, password: Password })
  .meta({ examples: [{ token: 'q8Zt...', password: 'A better one 42' }] })

export const UserChange = z
  .strictObject({ firstName: Text(80), lastName: Text(80), phoneNumber: PhoneNumber.nullable() })
  .partial()
  .meta({ examples: [{ firstName: 'Mai' }] })
export type UserChange = z.output<typeof UserChange>

const userExample = {
  id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21',
  email: 'mai@example.com',
  firstName: 'Mai',
  lastName: 'Lindqvist',
  phoneNumber: null,
  role: 'chef' as const,
  emailVerified: false,
  createdAt: '2026-11-23T11:00:00.000Z',
}

export const User = z
  .object({
    id: Id,
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    phoneNumber: z.string().nullable(),
    role: z.enum(ROLES),
    emailVerified: z.boolean(),
    createdAt: Instant,
  })
  .meta({ examples: [userExample] })
export type User = z.output<typeof User>

const TokenPair = { accessToken: z.string(), refreshToken: z.string() }
const tokensExample = { accessToken: 'eyJhbGciOi...', refreshToken: 'kD3v...' }

export const Tokens = z.object(TokenPair).meta({ examples: [tokensExample] })
export const Session = z
  .object({ user: User, ...TokenPair })
  .meta({ examples: [{ user: userExample, ...tokensExample }] })
export type Session = z.output<typeof Session>

export const PersonalData = z
  .object({
    user: User,
    exportedAt: Instant,
    orders: z.array(z.record(z.string(), z.unknown())),
    chef: z.record(z.string(), z.unknown()).nullable(),
    driver: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({
    examples: [{ user: userExample, exportedAt: '2026-11-23T12:00:00.000Z', orders: [], chef: null, driver: null }],
  })
