/** What is compiled into libraries that ship, and is no npm package of its own. */

/** @param holder who holds the copyright. */
export const MIT_TEXT = (holder: string) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** @param holder who holds the copyright. */
export const ISC_TEXT = (holder: string) => `ISC License

Copyright (c) ${holder}

Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.`;

export const COMPILED_IN = [
  { name: 'llama.cpp and ggml', version: '', licence: 'MIT', text: MIT_TEXT('2023-2026 The ggml authors') },
  {
    name: 'SQLite',
    version: '',
    licence: 'public domain',
    text: 'SQLite is in the public domain: its authors have dedicated its code to it. It is compiled into better-sqlite3.',
  },
  {
    name: 'Eigen',
    version: '',
    licence: 'MPL-2.0',
    text: `Eigen is compiled, unchanged, into the steering addon, from those of its parts alone that are under the Mozilla Public
License, version 2.0: https://mozilla.org/MPL/2.0/. Its source is at https://gitlab.com/libeigen/eigen.`,
  },
  {
    name: 'libc++, libc++abi, libunwind and compiler-rt',
    version: '',
    licence: 'Apache-2.0 WITH LLVM-exception',
    text: `Parts of LLVM's run-time libraries are compiled into the steering addon where it was built by Zig. They are under the
Apache License, version 2.0 (https://www.apache.org/licenses/LICENSE-2.0), with LLVM's exception, by which what is
embedded in a compiled program needs no notice.`,
  },
  {
    name: 'mingw-w64 runtime',
    version: '',
    licence: 'ZPL-2.1',
    text: `Parts of the mingw-w64 runtime are compiled into the steering addon for Windows. They are under the Zope Public License,
version 2.1, and in the public domain. Copyright (c) 2009, 2010, 2011, 2012, 2013 by the mingw-w64 project.`,
  },
];
