/**
 * Completion for shells, of what the commands declare.
 *
 * @module
 */

import type { Command, Option } from 'commander'
import { print } from './print.ts'

function flagsOf({ short, long }: Option): string[] {
  return [short, long].filter(flag => flag !== undefined)
}

/** The options of a command that complete, with `--help`, which commander adds by itself. */
function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

/** The words that the arguments of a command may be, where they are few. */
function wordsOf(command: Command): readonly string[] {
  return command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
}

/** In single quotes, for every shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function bash(commands: readonly Command[]): string {
  const values = commands.flatMap(command =>
    optionsOf(command)
      .filter(({ argChoices }) => argChoices)
      .map(
        option =>
          `    ${flagsOf(option)
            .map(flag => `${command.name()}:${flag}`)
            .join('|')}) words=${quoted(option.argChoices!.join(' '))} ;;\n`
      )
  )
  const takesValue = commands.flatMap(command =>
    optionsOf(command)
      .filter(({ required, argChoices }) => required && !argChoices)
      .flatMap(option => flagsOf(option).map(flag => `${command.name()}:${flag}`))
  )
  function listed(prefix: string, wordsOfOne: (command: Command) => readonly string[]): string {
    return commands
      .map(command => [command.name(), wordsOfOne(command).join(' ')])
      .filter(([, words]) => words !== '')
      .map(([name, words]) => `    ${name}:${prefix}) words=${quoted(words!)} ;;\n`)
      .join('')
  }
  return `_istio_alb() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted(commands.map(command => command.name()).join(' '))}
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('')}    ${takesValue.join('|')}) return ;;
  esac
  if [ -z "$words" ]; then
    case "\${COMP_WORDS[1]}:$current" in
${listed('-*', command => optionsOf(command).flatMap(flagsOf))}${listed('*', wordsOf)}    esac
  fi
  # Without words, files are the shell's own to offer.
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _istio_alb istio-alb
`
}

/** In the brackets and between the colons of zsh's _arguments. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, character => `\\${character}`)
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map(command => `    ${quoted(`${command.name()}:${zshText(command.description())}`)}\n`)
  const cases = commands.map(command => {
    const options = optionsOf(command).flatMap(option => {
      const value = option.required ? `:value:${option.argChoices ? `(${option.argChoices.join(' ')})` : '_files'}` : ''
      return flagsOf(option).map(flag => quoted(`*${flag}[${zshText(option.description)}]${value}`))
    })
    const words = wordsOf(command)
    const rest = quoted(words.length > 0 ? `*:argument:(${words.join(' ')})` : '*:file:_files')
    return `    ${command.name()}) _arguments ${[...options, rest].join(' ')} ;;\n`
  })
  return `#compdef istio-alb
_istio_alb() {
  local -a commands=(
${names.join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('')}  esac
}
if [ "$funcstack[1]" = _istio_alb ]; then _istio_alb "$@"; else compdef _istio_alb istio-alb; fi
`
}

function fish(commands: readonly Command[]): string {
  return commands
    .flatMap(command => {
      const name = command.name()
      const inside = `complete -c istio-alb -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`
      const words = wordsOf(command)
      return [
        `complete -c istio-alb -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.description())}`,
        ...(words.length > 0 ? [`${inside} -f -a ${quoted(words.join(' '))}`] : []),
        ...optionsOf(command).map(option => {
          const flags = [
            ...(option.short ? [`-s ${option.short.slice(1)}`] : []),
            ...(option.long ? [`-l ${option.long.slice(2)}`] : [])
          ]
          const value = option.argChoices
            ? [`-x -a ${quoted(option.argChoices.join(' '))}`]
            : option.required
              ? ['-r']
              : []
          return [inside, ...flags, ...value, `-d ${quoted(option.description)}`].join(' ')
        })
      ]
    })
    .map(line => `${line}\n`)
    .join('')
}

const shells = { bash, zsh, fish }

/** Prints the script that a shell reads. */
export function printCompletion(program: Command, shell: keyof typeof shells): void {
  print(shells[shell](program.commands))
}
