/** What a browser keeps for us; a browser that keeps nothing is no error. */
export function kept(key: string): string | null {
  try {
    return localStorage.getItem(`rack.${key}`);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`rack.${key}`, value);
  } catch {
    // The wish holds until the page is left.
  }
}
