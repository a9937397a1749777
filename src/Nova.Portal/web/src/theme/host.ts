import type { MantineColorsTuple } from '@mantine/core';

/**
 * An embedded view in its host's colour. The host gives one; what is drawn with it is made so that text on it, and text in it, is read at
 * 4.5:1 in light and in dark (WCAG 2.2, 1.4.3), whatever colour that is.
 */
export interface HostColours {
  shades: MantineColorsTuple;
  light: Record<string, string>;
  dark: Record<string, string>;
}

type Rgb = [number, number, number];
const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
/** The least light, and the least dark, that anything stands on: theme.ts has them as --nova-hover. */
const lightGround: Rgb = [243, 244, 248];
const darkGround: Rgb = [31, 35, 44];

/** Black is read better on what is lighter than this, white on what is darker. Both are then read at 4.5:1. */
export const evenLuminance = 0.179;

export function hostColours(primary: string): HostColours | undefined {
  if (!/^#[0-9a-f]{6}$/i.test(primary)) return undefined;
  const colour: Rgb = [parse(primary, 1), parse(primary, 3), parse(primary, 5)];
  const hover = mix(colour, luminance(colour) > evenLuminance ? white : black, 0.14);
  const shades = [...[0.93, 0.86, 0.72, 0.56, 0.4, 0.26, 0.12].map(part => mix(colour, white, part)), colour, hover, mix(colour, black, 0.3)].map(write);
  return { shades: shades as unknown as MantineColorsTuple, light: words(colour, lightGround, black, white, 0.9), dark: words(colour, darkGround, white, [23, 26, 33], 0.76) };
}

function words(colour: Rgb, ground: Rgb, towards: Rgb, panel: Rgb, faint: number): Record<string, string> {
  const chosen = mix(colour, panel, faint);
  let text = colour;
  for (let part = 0; part < 1 && Math.min(contrast(text, ground), contrast(text, chosen)) < 4.5; part += 0.04) text = mix(colour, towards, part);
  const anchor = write(text);
  return {
    '--mantine-color-anchor': anchor,
    '--mantine-color-iris-text': anchor,
    '--mantine-color-iris-light-color': anchor,
    '--mantine-color-iris-outline': anchor,
    '--nova-chosen': write(chosen),
  };
}

const parse = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16);
const mix = (from: Rgb, to: Rgb, part: number): Rgb => from.map((value, index) => value + (to[index]! - value) * part) as Rgb;
const write = (colour: Rgb) => '#' + colour.map(value => Math.round(value).toString(16).padStart(2, '0')).join('');

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(value => { const part = value / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
