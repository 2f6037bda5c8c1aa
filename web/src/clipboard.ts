// Copying a text where there is no clipboard: only secure pages have one.

/** Puts the text on the clipboard. `shown` is a field that holds it; where nothing else helps it is left selected. */
export async function copyText(text: string, shown: HTMLInputElement | HTMLTextAreaElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    shown.select();
    return document.execCommand("copy");
  }
}
