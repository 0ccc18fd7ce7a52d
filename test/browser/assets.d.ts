/** Vite gives the address at which a file is served. */
declare module "*?url" {
  const address: string;
  export default address;
}
