/**
 * Ways to write "one step up, then this file": traversals.test.ts puts each behind every path that leads to a file, repeated as
 * often as it takes, and asks for secrets that lie beside the folders. A form to add is a line here.
 */
export interface Traversal {
  /** One step up. */
  up: string
  trick: string
}

export const traversals: readonly Traversal[] = [
  { up: '../', trick: 'as it is' },
  { up: './../', trick: 'a dot in between' },
  { up: 'x/../../', trick: 'down and up' },
  { up: '..//', trick: 'doubled slash' },
  { up: '//../', trick: 'slashes in front' },
  { up: '%2e%2e/', trick: 'encoded dots' },
  { up: '%2E%2E/', trick: 'encoded dots, capitals' },
  { up: '.%2e/', trick: 'one encoded dot' },
  { up: '%2e./', trick: 'the other one' },
  { up: '..%2f', trick: 'encoded slash' },
  { up: '..%2F', trick: 'encoded slash, capital' },
  { up: '%2e%2e%2f', trick: 'all encoded' },
  { up: '..\\', trick: 'backslash' },
  { up: '..%5c', trick: 'encoded backslash' },
  { up: '%2e%2e%5c', trick: 'encoded dots and backslash' },
  { up: '..\\/', trick: 'backslash and slash' },
  { up: '..%252f', trick: 'encoded twice' },
  { up: '%252e%252e/', trick: 'dots encoded twice' },
  { up: '%252e%252e%252f', trick: 'all encoded twice' },
  { up: '%25252e%25252e%25252f', trick: 'all encoded three times' },
  { up: '..%255c', trick: 'backslash encoded twice' },
  { up: '....//', trick: 'left over where "../" is cut out once' },
  { up: '....\\/', trick: 'left over, with a backslash' },
  { up: '..././', trick: 'left over in another place' },
  { up: '.../', trick: 'three dots' },
  { up: '..;/', trick: 'path parameter, which some servers cut off' },
  { up: '..;x=1/', trick: 'path parameter with a value' },
  { up: '..%3b/', trick: 'encoded semicolon' },
  { up: '.\t./', trick: 'tab inside, which URL drops' },
  { up: '..\n/', trick: 'line end inside, which URL drops' },
  { up: '.\r./', trick: 'carriage return inside, which URL drops' },
  { up: '..%0a/', trick: 'encoded line end' },
  { up: '.%09./', trick: 'encoded tab' },
  { up: '..%00/', trick: 'NUL' },
  { up: '..\u0000/', trick: 'NUL, not encoded' },
  { up: '..%20/', trick: 'space behind, which Windows drops' },
  { up: '.. /', trick: 'space behind, not encoded' },
  { up: '..../', trick: 'four dots' },
  { up: '..%c0%af', trick: 'slash in overlong UTF-8' },
  { up: '%c0%ae%c0%ae/', trick: 'dots in overlong UTF-8' },
  { up: '%e0%80%ae%e0%80%ae/', trick: 'dots in longer UTF-8' },
  { up: '..%c1%9c', trick: 'backslash in overlong UTF-8' },
  { up: '．．/', trick: 'full-width dots' },
  { up: '%ef%bc%8e%ef%bc%8e/', trick: 'full-width dots, encoded' },
  { up: '..／', trick: 'full-width slash' },
  { up: '..∕', trick: 'division slash' },
  { up: '..⁄', trick: 'fraction slash' },
  { up: '‥/', trick: 'two dot leader' },
  { up: '․․/', trick: 'one dot leaders' },
  { up: '..%u2215', trick: 'slash as %u, of old servers' },
  { up: '%uff0e%uff0e/', trick: 'dots as %u' },
  { up: '..\u200b/', trick: 'zero width space' },
  { up: '..?/', trick: 'question mark' },
  { up: '..#/', trick: 'number sign' },
  { up: '../?d=../', trick: 'a second value of the query' },
  { up: '..&d=../', trick: 'another one' }
]
