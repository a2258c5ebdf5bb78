import { expect, test } from 'bun:test'
import { distanceMeters } from '#core/geo'
import { greatCircleLeg } from './travel.ts'

const KITCHEN = { lat: 57.7, lng: 11.97 }
const DOOR = { lat: 57.705, lng: 11.975 }

test('as the crow flies, at a constant speed, and marked as such', () => {
  const meters = distanceMeters(KITCHEN, DOOR)
  expect(greatCircleLeg(KITCHEN, DOOR, 7)).toEqual({
    distanceMeters: Math.round(meters),
    durationSeconds: Math.round(meters / 7),
    approximate: true,
  })
})

test('twice as fast is half as long; nowhere is at once', () => {
  const slow = greatCircleLeg(KITCHEN, DOOR, 5).durationSeconds
  expect(Math.abs(greatCircleLeg(KITCHEN, DOOR, 10).durationSeconds - slow / 2)).toBeLessThanOrEqual(1)
  expect(greatCircleLeg(DOOR, DOOR, 7)).toEqual({ distanceMeters: 0, durationSeconds: 0, approximate: true })
})
