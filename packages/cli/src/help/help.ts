import { CommandHelp, Help } from '@oclif/core/help'
import { startPage } from '../start-page.ts'
import { helpTopics } from './topics.ts'

/** Examples first: most readers look for the line to copy. */
class ExamplesFirst extends CommandHelp {
  protected override sections() {
    const sections = super.sections()
    const examples = sections.filter(({ header }) => header === 'EXAMPLES')
    return [...examples, ...sections.filter(({ header }) => header !== 'EXAMPLES')]
  }
}

export default class SecureChatHelp extends Help {
  protected override CommandHelpClass = ExamplesFirst

  override async showHelp(argv: string[]): Promise<void> {
    const subject = argv.find((word) => word !== 'help' && !word.startsWith('-'))
    const topic = subject !== undefined && Object.hasOwn(helpTopics, subject) && helpTopics[subject]
    if (topic) this.log(topic())
    else await super.showHelp(argv)
  }

  protected override async showRootHelp(): Promise<void> {
    this.log(startPage)
    await super.showRootHelp()
    this.log(
      `MORE\n${Object.keys(helpTopics)
        .map((name) => `  $ secure-chat help ${name}\n`)
        .join('')}`,
    )
  }
}
