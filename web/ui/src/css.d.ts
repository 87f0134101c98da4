/** Styles are bundled by esbuild; the type checker need not look into them. */
declare module '*.css';
