import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { loadedComponent } from './loaded-component';

const Word = ({ word }: { word: string }) => <b>{word}</b>;

describe('a component that is loaded', () => {
  it('shows its placeholder until its code is there, and then itself at once', async () => {
    const load = vi.fn(() => Promise.resolve(Word));
    const Loaded = loadedComponent(load, <i>wait</i>);
    expect(renderToStaticMarkup(<Loaded word="here" />)).toBe('<i>wait</i>');
    Loaded.preload();
    Loaded.preload();
    await vi.waitFor(() => expect(renderToStaticMarkup(<Loaded word="here" />)).toBe('<b>here</b>'));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is asked for again after its code could not be had', async () => {
    const load = vi.fn(() => Promise.resolve(Word)).mockRejectedValueOnce(new Error('gone'));
    const Loaded = loadedComponent(load, <i>wait</i>);
    Loaded.preload();
    await vi.waitFor(() => {
      Loaded.preload();
      expect(renderToStaticMarkup(<Loaded word="here" />)).toBe('<b>here</b>');
    });
    expect(load).toHaveBeenCalledTimes(2);
  });
});
