/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_ERRNO_H
#define _LINUX_ERRNO_H

#define EPERM		1
#define EINTR		4
#define EIO		5
#define ENXIO		6
#define EAGAIN		11
#define ENOMEM		12
#define EFAULT		14
#define EBUSY		16
#define ENODEV		19
#define EINVAL		22
#define ENOSPC		28
#define EOVERFLOW	75
#define ERESTARTSYS	512

#endif /* _LINUX_ERRNO_H */
