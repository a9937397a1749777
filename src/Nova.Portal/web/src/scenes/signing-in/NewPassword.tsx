import { PasswordInput, Progress, Text } from '@mantine/core';

const shortest = 12;

/** A password to choose. Long beats odd: it asks for length, and for nothing else. */
export function NewPassword({ value, onChange, error, label = 'Password' }: { value: string; onChange: (value: string) => void; error?: string; label?: string }) {
  return (
    <div>
      <PasswordInput
        label={label} name="password" autoComplete="new-password" required minLength={shortest} value={value} error={error}
        description={`At least ${shortest} characters. A few words in a row are good.`} onChange={event => onChange(event.currentTarget.value)}
      />
      <Progress aria-hidden="true" mt={6} size={3} value={Math.min(100, value.length / shortest * 100)} color={value.length >= shortest ? 'teal' : 'orange'} />
      <Text size="xs" c="dimmed" role="status" mt={2}>{value.length > 0 && value.length < shortest ? `${shortest - value.length} more to go` : ''}&nbsp;</Text>
    </div>
  );
}
