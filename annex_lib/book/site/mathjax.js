// Typeset a screenful at a time, what is in view first: the page can be read at once.
window.MathJax = {
  options: { ignoreHtmlClass: "tex2jax_ignore", processHtmlClass: "math",
    menuOptions: { settings: { inTabOrder: false } } },
  startup: {
    typeset: false,
    pageReady: async () => {
      const all = [...document.querySelectorAll(".math")];
      const first = all.findIndex((e) => e.getBoundingClientRect().bottom > 0);
      const ordered = [...all.slice(Math.max(first, 0)), ...all.slice(0, Math.max(first, 0))];
      for (let k = 0; k < ordered.length; k += 40) {
        const some = ordered.slice(k, k + 40);
        await MathJax.typesetPromise(some);
        for (const e of some) {
          const wide = e.matches("span") && e.scrollWidth > e.closest("p, li, td, div").clientWidth;
          if (wide) e.firstElementChild.classList.add("wide"); // then it scrolls in its own box
        }
        await new Promise((done) => setTimeout(done));
      }
      document.documentElement.dataset.typeset = "done";
    },
  },
};
