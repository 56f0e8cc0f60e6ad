"use strict";

/** Power spectra of windowed frames, one or two channels at once. */
class Spectrum {
  /** @param {number} size samples of a frame, a power of two */
  constructor(size) {
    this.size = size;
    this.window = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.cos = Float32Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sin = Float32Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
    const bits = Math.log2(size);
    this.reversed = Uint32Array.from({ length: size }, (_, i) => {
      let r = 0;
      for (let b = 0; b < bits; b++) r |= ((i >> b) & 1) << (bits - 1 - b);
      return r;
    });
    this.re = new Float32Array(size);
    this.im = new Float32Array(size);
    this.power = new Float32Array(size / 2 + 1);
  }

  /** Mean over channels of |FFT|^2 of the frame around a sample; beyond the ends there is silence. */
  at(channels, centre) {
    const { size, window, reversed, re, im, power } = this;
    const [left, right] = [channels[0], channels[1]];
    const first = centre - size / 2;
    for (let i = 0; i < size; i++) {
      const n = first + i;
      const inside = n >= 0 && n < left.length;
      re[reversed[i]] = inside ? left[n] * window[i] : 0;
      im[reversed[i]] = inside && right ? right[n] * window[i] : 0;
    }
    this.transform();
    // With the right channel as the imaginary part, the powers of both add up to (|Z[k]|^2 + |Z[-k]|^2) / 2.
    for (let k = 0; k <= size / 2; k++) {
      const mirror = (size - k) % size;
      const sum = re[k] ** 2 + im[k] ** 2 + re[mirror] ** 2 + im[mirror] ** 2;
      power[k] = sum / (2 * channels.length);
    }
    return power;
  }

  /** In place, from bit-reversed order (Cooley & Tukey 1965). */
  transform() {
    const { size, cos, sin, re, im } = this;
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k, b = a + half;
          const c = cos[k * stride], s = sin[k * stride];
          const x = c * re[b] + s * im[b], y = c * im[b] - s * re[b];
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }
}
