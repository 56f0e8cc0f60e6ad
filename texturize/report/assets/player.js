const FADE = 0.008; // seconds: a switch that does not click
const AHEAD = 0.01; // seconds: what is started so late starts to the sample

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** A sound of the page, decoded at its own rate and cut to its own samples. */
async function decode(about, base64) {
  const offline = new OfflineAudioContext(1, 1, about.sample_rate);
  const decoded = await offline.decodeAudioData(bytesOf(base64).buffer);
  const begin = about.lead ? beginning(about, decoded.getChannelData(0)) : 0;
  const buffer = new AudioBuffer({
    numberOfChannels: decoded.numberOfChannels, length: about.samples, sampleRate: about.sample_rate,
  });
  const channels = [];
  for (let i = 0; i < decoded.numberOfChannels; i++) {
    buffer.copyToChannel(decoded.getChannelData(i).subarray(begin, begin + about.samples), i);
    channels.push(buffer.getChannelData(i));
  }
  const seconds = about.samples / about.sample_rate;
  return { ...about, buffer, channels, seconds, rate: about.sample_rate };
}

/** Where a sound begins in what a decoder gives, which may have left the codec's delay in: where a piece of it fits best. */
function beginning(about, y) {
  const piece = new Float32Array(bytesOf(about.anchor).buffer);
  const expected = about.lead + about.anchor_at;
  let [best, most] = [about.lead, -Infinity];
  for (let delay = -64; delay <= 3072 && expected + delay + piece.length <= y.length; delay++) {
    let sum = 0;
    for (let i = 0; i < piece.length; i++) sum += piece[i] * y[expected + delay + i];
    if (sum > most) [best, most] = [about.lead + delay, sum];
  }
  return best;
}

/** One playhead for all sounds: a switch goes on at the same place. */
class Player {
  constructor(sounds) {
    this.sounds = sounds; // undefined until decoded
    this.active = 0;
    this.offset = 0; // seconds into the active sound at the time `since`
    this.loop = true;
    this.matched = true;
    this.onchange = () => {};
  }

  get sound() { return this.sounds[this.active]; }
  get playing() { return Boolean(this.source); }
  get position() { return this.positionAt(this.context ? this.context.currentTime : 0); }

  positionAt(time) {
    if (!this.playing) return this.offset;
    const t = this.offset + Math.max(0, time - this.since);
    return this.loop ? t % this.sound.seconds : Math.min(t, this.sound.seconds);
  }

  async play() {
    this.context ??= new AudioContext({ sampleRate: this.sound.rate }); // all sounds have one rate
    await this.context.resume();
    if (this.playing) return;
    if (this.offset >= this.sound.seconds - 0.001) this.offset = 0;
    this.start(this.context.currentTime + AHEAD, this.offset);
    this.onchange();
  }

  pause() {
    if (!this.playing) return;
    const at = this.positionAt(this.context.currentTime);
    this.stop(this.context.currentTime);
    this.offset = at;
    this.onchange();
  }

  toggle() { return this.playing ? this.pause() : this.play(); }

  seek(seconds) {
    this.restart(() => Math.min(Math.max(seconds, 0), this.sound.seconds));
  }

  /** Hear another sound, from the same place on; a shorter one goes round. */
  select(index) {
    if (index === this.active || !this.sounds[index]) return;
    this.restart((at) => at % this.sounds[index].seconds, index);
  }

  setLoop(on) {
    this.restart((at) => Math.min(at, this.sound.seconds), this.active, () => { this.loop = on; });
  }

  setMatched(on) {
    this.matched = on;
    if (this.playing) this.gain.gain.setTargetAtTime(this.level, this.context.currentTime, FADE / 2);
    this.onchange();
  }

  get level() { return this.matched ? this.sound.matched : this.sound.plain; }

  restart(place, index = this.active, change = () => {}) {
    const when = this.playing ? this.context.currentTime + AHEAD : 0;
    const at = place(this.positionAt(when));
    const playing = this.playing;
    if (playing) this.stop(when);
    change();
    this.active = index;
    this.offset = at;
    if (playing) this.start(when, at);
    this.onchange();
  }

  start(when, offset) {
    const source = new AudioBufferSourceNode(this.context, { buffer: this.sound.buffer, loop: this.loop });
    const gain = new GainNode(this.context, { gain: 0 });
    source.connect(gain).connect(this.context.destination);
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(this.level, when + FADE);
    source.start(when, offset % this.sound.seconds);
    source.onended = () => {
      if (this.source !== source) return;
      this.source = null;
      this.offset = this.sound.seconds;
      this.onchange();
    };
    Object.assign(this, { source, gain, since: when, offset });
  }

  stop(when) {
    const { source, gain } = this;
    this.source = null;
    gain.gain.cancelScheduledValues(when);
    gain.gain.setTargetAtTime(0, when, FADE / 3);
    source.stop(when + 2 * FADE);
  }
}
