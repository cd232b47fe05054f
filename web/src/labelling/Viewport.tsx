import { type CSSProperties, type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { Ready } from "./ahead";
import { clamp, type Point, type Size } from "./geometry";

// View is where a picture lies in its frame: k pixels of the screen to one of the picture, its corner at x, y.
export interface View extends Point {
  k: number;
}

export interface ViewportHandle {
  zoom: (factor: number) => void;
  fit: () => void;
  zoomed: () => boolean;
}

interface Props {
  picture: Ready;
  // name tells pictures apart: another one is shown whole.
  name: string;
  label: string;
  handle?: Ref<ViewportHandle>;
  // over is drawn over the picture, in pixels of the frame.
  over?: (view: View, frame: Size) => ReactNode;
  // Presses that do not pan are the owner's, in pixels of the picture.
  onPress?: (at: Point, event: React.PointerEvent, view: View) => void;
  onDrag?: (at: Point, event: React.PointerEvent, view: View) => void;
  onRelease?: (at: Point, event: React.PointerEvent, view: View) => void;
  onCancel?: () => void;
  style?: CSSProperties;
}

// Viewport shows a picture as large as its frame lets it, zooms by wheel and fingers and pans with the space key held.
export function Viewport({ picture, name, label, handle, over, onPress, onDrag, onRelease, onCancel, style }: Props) {
  const frameRef = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [frame, setFrame] = useState<Size>({ width: 0, height: 0 });
  const [near, setNear] = useState<{ name: string; view: View }>();
  const space = useSpace();
  const panning = useRef<Point>();
  const fingers = useRef(new Map<number, Point>());
  const fitted = fit(picture, frame);
  const view = near?.name === name ? near.view : fitted;
  const latest = useRef({ view, fitted, name });
  latest.current = { view, fitted, name };

  useLayoutEffect(() => {
    const element = frameRef.current!;
    const measure = () => setFrame({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);

  useLayoutEffect(() => {
    const c = canvas.current!;
    c.width = picture.bitmap.width;
    c.height = picture.bitmap.height;
    if (picture.bitmap.width > 0) c.getContext("2d")!.drawImage(picture.bitmap, 0, 0);
  }, [picture]);

  const put = (next: View) => setNear({ name: latest.current.name, view: next });
  const zoomAt = (at: Point, factor: number) => {
    const { view: v, fitted: whole } = latest.current;
    const k = clamp(v.k * factor, whole.k, Math.max(whole.k * 32, 8));
    if (k <= whole.k * 1.001) setNear(undefined);
    else put({ k, x: at.x - ((at.x - v.x) * k) / v.k, y: at.y - ((at.y - v.y) * k) / v.k });
  };
  useImperativeHandle(handle, () => ({
    zoom: (factor) => zoomAt({ x: frame.width / 2, y: frame.height / 2 }, factor),
    fit: () => setNear(undefined),
    zoomed: () => near?.name === name,
  }));

  useEffect(() => {
    const element = frameRef.current!;
    const turn = (event: WheelEvent) => { // React's own listener may not keep the page from scrolling
      event.preventDefault();
      zoomAt(inFrame(element, event), Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, []); // eslint-disable-line

  const point = (event: React.PointerEvent): Point => {
    const p = inFrame(frameRef.current!, event);
    return { x: (p.x - view.x) / view.k, y: (p.y - view.y) / view.k };
  };

  function down(event: React.PointerEvent) {
    const p = inFrame(frameRef.current!, event);
    frameRef.current!.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") fingers.current.set(event.pointerId, p);
    if (fingers.current.size === 2) {
      onCancel?.();
      return;
    }
    if (space || event.button === 1) {
      panning.current = p;
      event.preventDefault();
    } else if (event.button === 0) onPress?.(point(event), event, view);
  }

  function move(event: React.PointerEvent) {
    const p = inFrame(frameRef.current!, event);
    if (fingers.current.size === 2 && fingers.current.has(event.pointerId)) {
      const before = [...fingers.current.values()];
      fingers.current.set(event.pointerId, p);
      const after = [...fingers.current.values()];
      const middle = centre(after[0]!, after[1]!), was = centre(before[0]!, before[1]!);
      put({ ...view, x: view.x + middle.x - was.x, y: view.y + middle.y - was.y });
      zoomAt(middle, distance(after[0]!, after[1]!) / Math.max(1, distance(before[0]!, before[1]!)));
    } else if (panning.current) {
      put({ ...view, x: view.x + p.x - panning.current.x, y: view.y + p.y - panning.current.y });
      panning.current = p;
    } else onDrag?.(point(event), event, view);
  }

  function up(event: React.PointerEvent) {
    const pinched = fingers.current.size === 2;
    fingers.current.delete(event.pointerId);
    if (panning.current) panning.current = undefined;
    else if (!pinched && event.button === 0) onRelease?.(point(event), event, view);
  }

  function cancel(event: React.PointerEvent) {
    fingers.current.delete(event.pointerId);
    panning.current = undefined;
    onCancel?.();
  }

  const scale = (view.k * picture.width) / picture.bitmap.width;
  return (
    <div
      ref={frameRef} className="labelling-frame" style={{ ...style, cursor: space ? "grab" : style?.cursor }}
      onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={cancel} onContextMenu={(e) => e.preventDefault()}
    >
      <canvas ref={canvas} role="img" aria-label={label} style={{ position: "absolute", left: 0, top: 0, transformOrigin: "0 0", transform: `translate(${view.x}px, ${view.y}px) scale(${scale})` }} />
      {over?.(view, frame)}
    </div>
  );
}

function fit(picture: Size, frame: Size): View {
  const k = Math.min(frame.width / picture.width, frame.height / picture.height, 4) || 0.001;
  return { k, x: (frame.width - picture.width * k) / 2, y: (frame.height - picture.height * k) / 2 };
}

function inFrame(element: HTMLElement, event: { clientX: number; clientY: number }): Point {
  const place = element.getBoundingClientRect();
  return { x: event.clientX - place.left, y: event.clientY - place.top };
}

const centre = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

// useSpace tells whether the space key is held down, outside of fields and buttons.
function useSpace(): boolean {
  const [held, set] = useState(false);
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.key !== " " || (event.target as HTMLElement).closest("input, textarea, button, a, [role=button], [role=dialog]")) return;
      event.preventDefault(); // the page would scroll
      set(true);
    };
    const up = (event: KeyboardEvent) => event.key === " " && set(false);
    const away = () => set(false);
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", away);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", away);
    };
  }, []);
  return held;
}
