// Typeset a screenful at a time, what is in view first: the page can be read at once.
window.MathJax = {
  options: { ignoreHtmlClass: "tex2jax_ignore", processHtmlClass: "math" },
  startup: {
    typeset: false,
    pageReady: async () => {
      const all = [...document.querySelectorAll(".math")];
      const first = all.findIndex((e) => e.getBoundingClientRect().bottom > 0);
      const ordered = [...all.slice(Math.max(first, 0)), ...all.slice(0, Math.max(first, 0))];
      for (let k = 0; k < ordered.length; k += 40) {
        await MathJax.typesetPromise(ordered.slice(k, k + 40));
        await new Promise((done) => setTimeout(done));
      }
      document.documentElement.dataset.typeset = "done";
    },
  },
};
