import { describe, expect, it } from 'vitest';
import { drawText, textWidth } from './bitmap-font.js';
import { Field } from './field.js';
import { FAMILY_NAMES, GIVEN_NAMES } from './made-up-patient.js';

describe('the built-in font', () => {
  it('writes an L as one stroke down and one along the foot', () => {
    const film = new Field(60, 80);
    drawText(film, 'L', 5, 5, 10, 255);

    expect(film.at(10, 40)).toBe(255);
    expect(film.at(40, 70)).toBe(255);
    expect(film.at(40, 20)).toBe(0);
  });

  it('has every character of every made-up name, so that no film fails for its text', () => {
    const film = new Field(400, 20);
    for (const name of [...GIVEN_NAMES, ...FAMILY_NAMES])
      expect(() => drawText(film, name, 0, 0, 2, 255)).not.toThrow();
  });

  it('refuses a character it lacks', () => {
    expect(() => drawText(new Field(10, 10), 'é', 0, 0, 1, 255)).toThrow(/built-in font/);
  });

  it('clips at the border of the film', () => {
    expect(() => drawText(new Field(4, 4), 'WWW', -3, -3, 3, 255)).not.toThrow();
    expect(textWidth('WWW', 2)).toBe(36);
  });
});
