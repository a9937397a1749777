import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useHere } from '../../api/scope';
import { eventTypesQuery } from './queries';

/** What the product's portal calls an event type in its lists: by its title where the product says so, else by its name. */
export function useEventTitle(): (name: string) => string | undefined {
  const here = useHere();
  const titled = here.product.portal.event_titles;
  const types = useQuery({ ...eventTypesQuery(here), enabled: titled });
  return useMemo(() => {
    const titles = new Map(titled ? types.data?.map(type => [type.name, type.title]) : []);
    return name => titles.get(name);
  }, [titled, types.data]);
}

export function EventName({ name }: { name: string }) {
  const title = useEventTitle()(name);
  return title ? <span title={name}>{title}</span> : <span className="nova-mono">{name}</span>;
}

/** Both, where somebody needs the name for his program, too. */
export function EventTitleAndName({ name }: { name: string }) {
  const title = useEventTitle()(name);
  return title ? <>{title} <span className="nova-mono nova-soft">{name}</span></> : <span className="nova-mono">{name}</span>;
}
