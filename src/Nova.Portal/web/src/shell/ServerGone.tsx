import { Loader } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useReach } from '../api/reach';
import classes from './ServerGone.module.css';

/** Says that the server does not answer for as long as it does not; when it is back, everything that is shown is asked for again. */
export function ServerGone() {
  const answers = useReach();
  const client = useQueryClient();
  const was = useRef(answers);
  useEffect(() => {
    if (answers && !was.current) void client.invalidateQueries();
    was.current = answers;
  }, [answers, client]);
  return (
    <div role="status">
      {!answers && <div className={classes.bar}><Loader size={14} color="currentColor" aria-hidden="true" /><span><b>The server does not answer.</b> What you see is as it was. The page goes on by itself when it is back.</span></div>}
    </div>
  );
}
