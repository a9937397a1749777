import { Breadcrumbs, Text } from '@mantine/core';
import { useHere } from '../../api/scope';
import { LinkText } from '../../widgets/links';

/** The way to the webhooks as this product's documents give it, and to what is below them. */
export function Place({ below }: { below?: string }) {
  const { product, account, environment } = useHere();
  const { title, place } = product.portal;
  const last = place.at(-1) ?? 'Webhooks';
  // A portal that is named as its only place is named once.
  const outer = [title, ...place.slice(0, -1)].filter(step => step !== last);
  if (!below && outer.length <= 1) return null;
  return (
    <Breadcrumbs mb={6} separatorMargin={6} fz="xs" separator="›">
      {outer.map(step => <Text key={step} size="xs" c="dimmed">{step}</Text>)}
      {below ? <LinkText to="/$account/$environment/webhooks" params={{ account, environment }} size="xs">{last}</LinkText> : <Text size="xs" c="dimmed">{last}</Text>}
      {below && <Text size="xs" c="dimmed" className="nova-cut" maw={260}>{below}</Text>}
    </Breadcrumbs>
  );
}
