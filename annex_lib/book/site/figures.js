// After player.js, in the same script: give each figure of the page the model that it would have
// in JupyterLab, filled with what the notebook stored, and no kernel behind it.

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt());

for (const el of document.querySelectorAll(".annex-player")) {
  const state = JSON.parse(el.dataset.state);
  for (const name of ["figure", "table"]) state[name] = bytes(el.dataset[name]);
  const model = {
    live: false,
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    on() {},
    off() {},
    send() {
      throw new Error("no kernel");
    },
  };
  render({ model, el });
}
