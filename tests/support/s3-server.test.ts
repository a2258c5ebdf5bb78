import { expect, test } from 'bun:test'
import { signatureOf } from './s3-server'

// The worked example of AWS, "Authenticating Requests: Using the Authorization Header", GET Object.
test('signs the example of the S3 documentation as it does', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const headers = new Headers({
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': empty,
    'x-amz-date': '20130524T000000Z',
  })
  const request = {
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    headers,
    signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
    scope: '20130524/us-east-1/s3/aws4_request',
    payloadHash: empty,
  }
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  expect(signatureOf(request, secret)).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
  expect(signatureOf({ ...request, method: 'PUT' }, secret)).not.toBe(signatureOf(request, secret))
})
