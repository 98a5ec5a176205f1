// Adds the packages for other platforms that `npm install` left out of the lock file. npm leaves out what the registry at
// hand does not carry, as mirrors often do, and `npm ci` then refuses the file, here and on those platforms.
import { readFileSync, writeFileSync } from 'node:fs'

const SYSTEM = /^(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)$/
const PROCESSOR = /^(arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)$/
const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const { '': root, ...packages } = lock.packages

for (const [path, { optionalDependencies = {}, dev, license, engines }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`]) continue
    const parts = name.split('/').at(-1).split('-')
    const system = parts.find((part) => SYSTEM.test(part))
    const processor = parts.find((part) => PROCESSOR.test(part))
    // Without an exact version and a platform in its name it is no such package.
    if (!/^\d/.test(version) || !system || !processor) continue
    const library = parts.some((part) => part.startsWith('musl'))
      ? { libc: ['musl'] }
      : parts.some((part) => part.startsWith('gnu'))
        ? { libc: ['glibc'] }
        : {}
    const entry = {
      version,
      cpu: [processor],
      dev,
      ...library,
      license,
      optional: true,
      os: [system],
      engines,
    }
    packages[`node_modules/${name}`] = entry
    process.stdout.write(`added ${name}@${version}\n`)
  }
}
const sorted = Object.entries(packages).sort(([one], [other]) => one.localeCompare(other, 'en'))
lock.packages = { '': root, ...Object.fromEntries(sorted) }
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
