/** Widths of text in drawing units, so that a chip fits its text in whatever font the system has. */
const FAMILY = '-apple-system, "Segoe UI", Roboto, system-ui, "Noto Sans", sans-serif';

let context: CanvasRenderingContext2D | null | undefined;

export function textWidth(text: string, size: number, weight: number): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * size * 0.56;
  context.font = `${weight} ${size}px ${FAMILY}`;
  return context.measureText(text).width;
}
