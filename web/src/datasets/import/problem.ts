// Problem is something in a dropped folder that cannot be used as it stands.
export interface Problem {
  file: string;
  line?: number; // from 1
  text: string;
  remedy?: string;
}

const most = 500; // who has more does not read them

// Problems collects what is wrong, and counts what is beyond the bound.
export class Problems {
  readonly list: Problem[] = [];
  untold = 0;

  tell(p: Problem) {
    if (this.list.length < most) this.list.push(p);
    else this.untold++;
  }
}
