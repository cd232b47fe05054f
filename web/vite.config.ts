import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// What the page shows before its programs are there does not wait for their styles: those stand after it.
const stylesLast: Plugin = {
  name: "styles-last",
  transformIndexHtml: {
    order: "post",
    handler(page) {
      const styles = page.match(/^ *<link rel="stylesheet".*\n/gm) ?? [];
      return styles.reduce((rest, link) => rest.replace(link, ""), page).replace("  </body>", () => `${styles.join("")}  </body>`);
    },
  },
};

// The server compresses what is in its files folder once, when it is built, and serves it under /console/.
export default defineConfig({
  base: "/console/",
  plugins: [react(), stylesLast],
  build: {
    outDir: "../build/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a server: the usual one, or OWNSIGHT. Signatures are of the host that the page asked.
    proxy: { "^/(?!console)": { target: process.env.OWNSIGHT ?? "http://127.0.0.1:8600", changeOrigin: false } },
  },
});
