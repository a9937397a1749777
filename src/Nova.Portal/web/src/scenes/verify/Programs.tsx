import { Group, Stack, Tabs, Text } from '@mantine/core';
import type { VerificationProgram } from '../../api/types';
import { CodeBlock } from '../../widgets/CodeBlock';
import { CopyButton, CopyIcon } from '../../widgets/Copy';

/** Complete receivers, one a language, each with the command that starts it. */
export function Programs({ programs, language, onLanguage, secret, port }: {
  programs: VerificationProgram[]; language?: string; onLanguage: (language: string) => void;
  /** To put into the command, where they are known. */
  secret?: string; port?: string;
}) {
  const chosen = programs.find(program => program.language === language) ?? programs[0];
  if (!chosen) return <Text size="sm" c="dimmed">There is no program for this product’s signature. Write to your operator.</Text>;
  const run = (program: VerificationProgram) => {
    const text = port ? program.run.replace('8080', port) : program.run;
    return secret ? text.replace('WEBHOOK_SECRET=…', `WEBHOOK_SECRET='${secret.replaceAll("'", "'\\''")}'`) : text;
  };
  return (
    <Tabs value={chosen.language} keepMounted={false} onChange={value => value && onLanguage(value)}>
      <div className="nova-scroll">
        <Tabs.List style={{ flexWrap: 'nowrap' }} aria-label="Language">{programs.map(program => <Tabs.Tab key={program.language} value={program.language}>{program.title}</Tabs.Tab>)}</Tabs.List>
      </div>
      {programs.map(program => (
        <Tabs.Panel key={program.language} value={program.language} pt="sm">
          <Stack gap="xs">
            <Group justify="space-between" gap="xs">
              <Group gap={4} wrap="nowrap" miw={0}>
                <Text size="sm" className="nova-mono" style={{ overflowWrap: 'anywhere' }} data-testid="run"><span className="nova-soft">$ </span>{run(program)}</Text>
                <CopyIcon text={run(program)} label="Copy the command" />
              </Group>
              <CopyButton text={program.code}>Copy {program.file}</CopyButton>
            </Group>
            <CodeBlock text={program.code} label={program.file} maxHeight={secret ? 240 : 430} />
          </Stack>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
