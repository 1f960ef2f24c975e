/** Compiled parts inside packages, which no lock file lists: what they are, whose licence they have, and where their source is. */
export interface NativePart {
  part: string
  /** Beginning of the names of the packages that hold it. */
  inside: string
  /** SPDX expression. */
  licence: string
  source: string
  note: string
}

export const nativeParts: readonly NativePart[] = [
  {
    part: 'libvips, with the decoders it uses',
    inside: '@img/sharp-libvips-',
    licence: 'LGPL-3.0-or-later',
    source: 'https://github.com/lovell/sharp-libvips',
    note: 'A library of its own (.so, .dylib), loaded at run time: it can be replaced by another build. THIRD-PARTY-NOTICES.md there lists the licences of its parts'
  },
  {
    part: 'ONNX Runtime',
    inside: 'onnxruntime-node',
    licence: 'MIT',
    source: 'https://github.com/microsoft/onnxruntime',
    note: 'ThirdPartyNotices.txt there lists what is compiled into it'
  },
  {
    part: 'the binding of sharp',
    inside: '@img/sharp-',
    licence: 'Apache-2.0',
    source: 'https://github.com/lovell/sharp',
    note: 'Those for Windows and WebAssembly hold libvips too, under LGPL-3.0-or-later'
  }
]
