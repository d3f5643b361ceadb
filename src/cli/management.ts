/** The commands that look after what a server knows, one file each. */
import type { Command } from 'commander'
import { addAccountCommand } from './account.ts'
import { addClientCommand } from './client.ts'
import { addGrantCommand } from './grant.ts'
import { addKeyCommand } from './key.ts'
import { addResourceCommand } from './resource.ts'

/** Adds them all; `withShared` gives a command the options that all of them have. */
export function addManagementCommands(program: Command, withShared: (command: Command) => Command): void {
  for (const add of [addClientCommand, addAccountCommand, addKeyCommand, addGrantCommand, addResourceCommand]) {
    add(program, withShared)
  }
}
