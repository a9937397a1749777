/** A label inside of a sentence: Signing Secret becomes signing secret, and API Key API key. */
export const inSentence = (label: string) => label.split(' ').map(word => /[a-z]/.test(word) ? word[0]!.toLowerCase() + word.slice(1) : word).join(' ');
