const RANGE_DB = 70;
const LOWEST_HZ = 50;
const MAGMA = ["#000004", "#140e36", "#3b0f70", "#641a80", "#8c2981", "#b73779", "#de4968", "#f7705c", "#fe9f6d", "#fecf92", "#fcfdbf"];

/** 256 colours as RGBA in the order of ImageData. */
const COLOURS = (() => {
  const stops = MAGMA.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const table = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    for (let j = 0; j < 3; j++) table[4 * i + j] = stops[low][j] + (place - low) * (stops[low + 1][j] - stops[low][j]);
    table[4 * i + 3] = 255;
  }
  return table;
})();

/** Bandwidths of the ear below a frequency in Hz, and back (Glasberg & Moore 1990). */
const erb = (hz) => 9.265 * Math.log1p(hz / (24.7 * 9.265));
const hz = (bands) => 24.7 * 9.265 * Math.expm1(bands / 9.265);

/** Frame of about 40 ms, a power of two. */
const frameSize = (rate) => 2 ** Math.round(Math.log2(0.04 * rate));

/** The loudest power of a sound, looked for at 300 places. */
function loudestPower(sound) {
  const spectrum = new Spectrum(frameSize(sound.rate));
  let most = 0;
  for (let i = 0; i < 300; i++) {
    for (const power of spectrum.at(sound.channels, Math.round(((i + 0.5) / 300) * sound.samples))) most = Math.max(most, power);
  }
  return most / spectrum.size ** 2;
}

/** A spectrogram with a cursor over it: frequencies as the ear spaces them, time from view.start to view.end. */
class Spectrogram {
  constructor(plot) {
    this.plot = plot;
    this.canvas = plot.querySelector("canvas");
    this.cursor = plot.querySelector(".cursor");
    this.labels = plot.querySelector(".frequencies");
    this.marks = [];
    this.drawn = null;
  }

  /**
   * @param sound {channels, rate, samples}; @param marks seconds with a line; @param top power that is brightest;
   * @param highest Hz at the upper edge
   */
  show(sound, marks, top, highest) {
    for (const { line } of this.marks) line.remove();
    this.marks = marks.map((seconds) => ({ seconds, line: this.cursor.parentNode.appendChild(document.createElement("div")) }));
    for (const { line } of this.marks) line.className = "end";
    Object.assign(this, { sound, top, highest, drawn: null });
    this.spectrum = new Spectrum(frameSize(sound.rate));
    this.labels.replaceChildren(
      ...[100, 500, 1000, 2000, 5000, 10000].filter((f) => f < 0.9 * highest).map((f) => {
        const label = document.createElement("span");
        label.textContent = f < 1000 ? `${f} Hz` : `${f / 1000} kHz`;
        label.style.bottom = `${(100 * (erb(f) - erb(LOWEST_HZ))) / (erb(highest) - erb(LOWEST_HZ))}%`;
        return label;
      }),
    );
  }

  /** Draw what is in view: at once by stretching what was drawn before, then, when it keeps still, anew. */
  draw(view) {
    if (!this.sound) return;
    clearTimeout(this.pending);
    for (const { seconds, line } of this.marks) putLine(line, seconds, view);
    if (!this.drawn) return this.compute(view);
    this.stretch(view);
    this.pending = setTimeout(() => this.compute(view), 80);
  }

  stretch(view) {
    const { canvas, drawn } = this;
    const perSecond = drawn.image.width / (drawn.end - drawn.start);
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const scale = canvas.width / (view.end - view.start) / perSecond;
    context.drawImage(drawn.image, (drawn.start - view.start) * perSecond * scale, 0, drawn.image.width * scale, canvas.height);
  }

  compute(view) {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(this.canvas.clientWidth * density));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * density));
    Object.assign(this.canvas, { width, height });
    const image = new OffscreenCanvas(width, height);
    image.getContext("2d").putImageData(this.pixels(view, width, height), 0, 0);
    this.drawn = { image, start: view.start, end: view.end };
    this.canvas.getContext("2d").drawImage(image, 0, 0);
  }

  pixels(view, width, height) {
    const { sound, spectrum, top } = this;
    const image = new ImageData(width, height);
    const [lowest, highest] = [erb(LOWEST_HZ), erb(this.highest)];
    const bin = (row) => (hz(highest - ((highest - lowest) * row) / height) * spectrum.size) / sound.rate;
    const last = spectrum.size / 2;
    for (let x = 0; x < width; x++) {
      const centre = Math.round((view.start + ((x + 0.5) / width) * (view.end - view.start)) * sound.rate);
      if (centre >= sound.samples) continue; // after the end there is nothing, not even silence
      const power = spectrum.at(sound.channels, centre);
      for (let row = 0; row < height; row++) {
        const [from, to] = [bin(row + 1), bin(row)];
        const level = from > last ? -Infinity : 10 * Math.log10(powerBetween(power, from, to) / (spectrum.size ** 2 * top));
        const colour = 4 * Math.round(255 * Math.min(Math.max(1 + level / RANGE_DB, 0), 1));
        image.data.set(COLOURS.subarray(colour, colour + 4), 4 * (row * width + x));
      }
    }
    return image;
  }

  /** Put the cursor at a time in seconds. */
  moveCursor(seconds, view) {
    putLine(this.cursor, seconds, view);
  }
}

/** Put a line at a time in seconds; it is hidden where that is not in view. */
function putLine(line, seconds, view) {
  const at = (seconds - view.start) / (view.end - view.start);
  line.hidden = at < 0 || at > 1;
  line.style.left = `${100 * at}%`;
}

/** Mean power between two places among bins: interpolated where they are closer than two bins. */
function powerBetween(power, from, to) {
  const last = power.length - 1;
  if (to - from < 2) {
    const place = Math.min((from + to) / 2, last);
    const low = Math.min(Math.floor(place), last - 1);
    return power[low] + (place - low) * (power[low + 1] - power[low]);
  }
  const [first, end] = [Math.floor(from), Math.min(Math.ceil(to), last + 1)];
  let sum = 0;
  for (let k = first; k < end; k++) sum += power[k];
  return sum / (end - first);
}
