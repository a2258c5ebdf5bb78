import type { DemoDriver } from './types'

type Person = { firstName: string; lastName: string }

export const customerPeople: Person[] = [
  { firstName: 'Linnea', lastName: 'Sandberg' },
  { firstName: 'Yusuf', lastName: 'Karlsson' },
  { firstName: 'Ebba', lastName: 'Nordin' },
]

type Rider = Person & Pick<DemoDriver, 'vehicleType'>

export const driverPeople: Rider[] = [
  { firstName: 'Omar', lastName: 'Farah', vehicleType: 'bike' },
  { firstName: 'Johan', lastName: 'Bergman', vehicleType: 'car' },
  { firstName: 'Emelie', lastName: 'Strand', vehicleType: 'scooter' },
  { firstName: 'Tomasz', lastName: 'Nowak', vehicleType: 'car' },
  { firstName: 'Sara', lastName: 'Lindgren', vehicleType: 'bike' },
  { firstName: 'Bilal', lastName: 'Hussein', vehicleType: 'car' },
  { firstName: 'Anton', lastName: 'Wikström', vehicleType: 'motorcycle' },
  { firstName: 'Mariam', lastName: 'Jallow', vehicleType: 'car' },
  { firstName: 'Elias', lastName: 'Holm', vehicleType: 'bike' },
  { firstName: 'Denis', lastName: 'Kovačević', vehicleType: 'car' },
  { firstName: 'Frida', lastName: 'Ekström', vehicleType: 'scooter' },
  { firstName: 'Arash', lastName: 'Karimi', vehicleType: 'car' },
  { firstName: 'Ida', lastName: 'Sjögren', vehicleType: 'bike' },
  { firstName: 'Samuel', lastName: 'Kidane', vehicleType: 'car' },
  { firstName: 'Viktor', lastName: 'Palm', vehicleType: 'bike' },
  { firstName: 'Leyla', lastName: 'Demir', vehicleType: 'scooter' },
  { firstName: 'Mattias', lastName: 'Öberg', vehicleType: 'car' },
  { firstName: 'Khalid', lastName: 'Nasser', vehicleType: 'motorcycle' },
  { firstName: 'Hanna', lastName: 'Björk', vehicleType: 'bike' },
  { firstName: 'Duc', lastName: 'Tran', vehicleType: 'scooter' },
  { firstName: 'Rickard', lastName: 'Falk', vehicleType: 'car' },
  { firstName: 'Amanda', lastName: 'Löfgren', vehicleType: 'bike' },
  { firstName: 'Ibrahim', lastName: 'Ceesay', vehicleType: 'car' },
  { firstName: 'Pawel', lastName: 'Zieliński', vehicleType: 'motorcycle' },
  { firstName: 'Stina', lastName: 'Hedlund', vehicleType: 'scooter' },
]
