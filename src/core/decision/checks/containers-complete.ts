import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The boxes on the truck are those the plan names: none missing, none too many, none twice. */
export const containersComplete: Check = {
  id: 'containers-complete',
  on: 'readings',
  reasons: {
    'container-missing': {
      zh: '计划箱 {container} 未在车上识别到',
      en: 'planned container {container} was not seen on the truck',
    },
    'container-unplanned': {
      zh: '箱 {container} 不在该车的作业计划中',
      en: 'container {container} is not planned for this truck',
    },
    'container-twice': {
      zh: '两个箱位识别到同一箱号 {container}',
      en: 'container {container} was seen in two positions',
    },
  },
  evaluate({ binding, identification, requirements }) {
    if (identification.containerCapture === 'none') {
      // A lane without a camera for boxes would let planned ones by uncovered: clearance is of what was seen.
      const [unseen] = requirements.containers ? [] : binding.expectedContainers;
      return unseen === undefined
        ? notApplicable
        : fail('container-missing', { container: unseen });
    }
    const read = binding.boxes.map((box) => String(box.container));
    const twice = read.find((container, index) => read.indexOf(container) !== index);
    if (twice !== undefined) return fail('container-twice', { container: twice });
    if (binding.expectedContainers.length === 0) return notApplicable;
    const missing = binding.expectedContainers.find((container) => !read.includes(container));
    if (missing !== undefined) return fail('container-missing', { container: missing });
    const extra = read.find((container) => !binding.expectedContainers.includes(container));
    return extra === undefined ? pass : fail('container-unplanned', { container: extra });
  },
};
