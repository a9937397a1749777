import { notifications } from '@mantine/notifications';
import { ApiProblem } from '../api/problem';

/** A word in the corner about what was done. */
export function told(message: string) {
  notifications.show({ message, color: 'teal', autoClose: 4000 });
}

/** What was refused, where no form is open to say it. */
export function refused(error: unknown) {
  const problem = ApiProblem.of(error);
  notifications.show({ title: problem.title, message: problem.message, color: 'red', autoClose: 9000 });
}
