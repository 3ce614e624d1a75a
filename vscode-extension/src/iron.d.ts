// esbuild puts the text of a file of Iron where it is imported.
declare module "*.iron" {
  const text: string;
  export default text;
}
